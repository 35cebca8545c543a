# Precompiled standard headers: they are most of what a file costs. clang-tidy and the check of the headers go without, so
# a file of the product that does not include what it uses is found there.
#
# They lie outside the tree, one set for all clones: a precompiled header names the place where it was made, so one inside
# the tree would keep a clone from using what another clone compiled.
set(coffer_standard_headers
  algorithm array atomic chrono concepts condition_variable cstdint cstring fstream functional limits list map memory
  mutex optional set shared_mutex span sstream string string_view thread tuple type_traits unordered_map utility variant
  vector)

# coffer_precompile makes ${name}.pch of the headers named behind the options, and hands it to all users of `target`.
# The options are those of the files that will use it: clang refuses another set.
function(coffer_precompile target name headers)
  get_target_property(options coffer_options INTERFACE_COMPILE_OPTIONS)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
  separate_arguments(flags UNIX_COMMAND "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}}")
  list(APPEND flags -std=c++20 -fvisibility=hidden -fvisibility-inlines-hidden ${options} ${ARGN})
  set(text "// ${name}: made by cmake/precompiled.cmake.\n")
  foreach(header IN LISTS headers)
    string(APPEND text "#include <${header}>\n")
  endforeach()
  set(folder ${coffer_cache}/precompiled)
  file(MAKE_DIRECTORY ${folder})
  file(LOCK ${folder}/lock GUARD FUNCTION)
  # Named by all that it is made of, the headers' text included: a renewed compiler or library makes another. With debug
  # information the text names the working directory, which is the same for all clones therefore.
  string(SHA256 hash "${flags} ${text}")
  set(source ${folder}/${name}-${hash}.all.h)
  file(WRITE ${source} "${text}")
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} --version OUTPUT_VARIABLE version)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} ${flags} -E -dD -x c++-header ${source}
    WORKING_DIRECTORY ${folder} OUTPUT_VARIABLE preprocessed COMMAND_ERROR_IS_FATAL ANY)
  string(SHA256 hash "${version} ${flags} ${preprocessed}")
  file(REMOVE ${source})
  string(SUBSTRING ${hash} 0 16 hash)
  set(header ${folder}/${name}-${hash}.h)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    set(made ${folder}/${name}-${hash}.pch)
    set(use -include-pch ${made})
    set(try -Xclang -fmodules-validate-system-headers ${use})  # clang compares the headers' dates, too
  else()
    set(made ${header}.gch)
    set(use -include ${header} -Winvalid-pch)
    set(try ${use})
  endif()
  set(unfit 1)
  if(EXISTS ${header} AND EXISTS ${made})
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} ${flags} ${try} -fsyntax-only -x c++ /dev/null
      RESULT_VARIABLE unfit OUTPUT_QUIET ERROR_QUIET)
  endif()
  if(unfit)
    message(STATUS "Precompiling standard headers: ${name}")
    file(WRITE ${header} "${text}")
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} ${flags} -x c++-header ${header} -o ${made}.new
      WORKING_DIRECTORY ${folder} COMMAND_ERROR_IS_FATAL ANY)
    file(RENAME ${made}.new ${made})
  endif()
  target_compile_options(${target} INTERFACE "SHELL:${use}")
endfunction()

add_library(coffer_product_headers INTERFACE)
add_library(coffer_test_headers INTERFACE)
coffer_precompile(coffer_product_headers product "${coffer_standard_headers}" -fPIC)
coffer_precompile(coffer_test_headers test "${coffer_standard_headers};gtest/gtest.h;gmock/gmock.h"
  -fPIE -O0 -g0 -U_FORTIFY_SOURCE -DGTEST_HAS_PTHREAD=1)
target_compile_definitions(coffer_test_headers INTERFACE GTEST_HAS_PTHREAD=1)  # GoogleTest's own; g++ wants all to agree
target_link_libraries(coffer_test_options INTERFACE coffer_test_headers)
