# ccache keeps what was compiled, outside the tree, so that the next clone of the same sources, in whatever folder, does
# not compile it again. Nothing in a command line may name the tree: paths below CCACHE_BASEDIR are made relative, and
# what a test must find it is told by its environment (COFFER_TREE).
find_program(COFFER_CCACHE ccache DOC "Empty: compile without a cache")
file(RELATIVE_PATH coffer_tree_from_build ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})
# __FILE__ and debug information name files from the root of the tree, with a cache and without one.
add_compile_options(
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=${coffer_tree_from_build}=)

# Where this and other parts of the build keep what every clone may use.
if(NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
  set(coffer_cache $ENV{XDG_CACHE_HOME}/coffer)
else()
  set(coffer_cache $ENV{HOME}/.cache/coffer)
endif()

if(COFFER_CCACHE)
  if(NOT "$ENV{CCACHE_DIR}" STREQUAL "")
    set(coffer_ccache_dir $ENV{CCACHE_DIR})
  else()
    set(coffer_ccache_dir ${coffer_cache}/ccache)
  endif()
  set(CMAKE_CXX_COMPILER_LAUNCHER
    env CCACHE_DIR=${coffer_ccache_dir} CCACHE_MAXSIZE=5G CCACHE_COMPILERCHECK=content CCACHE_DEPEND=1
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
    ${COFFER_CCACHE})
endif()
