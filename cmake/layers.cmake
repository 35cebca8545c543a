# Builds src/ from src/LAYERS: a static library a folder, a test program a folder, the module and the program.

# coffer_read_layer splits one line of LAYERS into a folder, its includes and its libraries.
function(coffer_read_layer line folder includes libraries)
  string(REPLACE "|" ";" parts "${line}")
  list(GET parts 0 name)
  list(GET parts 1 may_include)
  list(GET parts 2 may_link)
  string(STRIP "${name}" name)
  separate_arguments(may_include UNIX_COMMAND "${may_include}")
  separate_arguments(may_link UNIX_COMMAND "${may_link}")
  set(${folder} ${name} PARENT_SCOPE)
  set(${includes} "${may_include}" PARENT_SCOPE)
  set(${libraries} "${may_link}" PARENT_SCOPE)
endfunction()

function(coffer_build_folder folder includes libraries)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*.cc
    ${CMAKE_SOURCE_DIR}/src/${folder}/*/*.cc)
  set(tests ${sources})
  set(testing ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|testing)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER testing INCLUDE REGEX "_testing\\.cc$")
  list(TRANSFORM includes PREPEND coffer_)
  list(TRANSFORM libraries PREPEND coffer::)

  if(folder STREQUAL "pkcs11")
    add_library(coffer-pkcs11 SHARED)
    set(main_sources ${sources})
    list(FILTER main_sources INCLUDE REGEX "/pkcs11/(entry|system_calls)\\.cc$")
    list(FILTER sources EXCLUDE REGEX "/pkcs11/(entry|system_calls)\\.cc$")
    target_sources(coffer-pkcs11 PRIVATE ${main_sources})
  elseif(folder STREQUAL "apps")
    # All but the entry lies in a library, so that a test can link a program with tables of its own (tests/next).
    add_executable(coffer)
    target_sources(coffer PRIVATE ${CMAKE_SOURCE_DIR}/src/apps/coffer.cc)
    list(FILTER sources EXCLUDE REGEX "/apps/coffer\\.cc$")
    target_link_libraries(coffer PRIVATE coffer_options coffer_apps)
  endif()

  add_library(coffer_${folder} STATIC ${sources})
  set_target_properties(coffer_${folder} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(coffer_${folder} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(coffer_${folder} PUBLIC ${includes} ${libraries}
    PRIVATE coffer_options coffer_product_headers)
  if(testing)  # takes the place of a part of the folder in the test programs that link it, and in nothing else
    add_library(coffer_${folder}_testing OBJECT ${testing})
    target_link_libraries(coffer_${folder}_testing PUBLIC coffer_${folder}
      PRIVATE coffer_options coffer_product_headers)
  endif()
  if(folder STREQUAL "pkcs11")
    target_link_libraries(coffer-pkcs11 PRIVATE coffer_options coffer_product_headers coffer_pkcs11)
    # Thin: nothing of libstdc++ or of ours is visible, only the list of C_* in exports.map.
    target_link_options(coffer-pkcs11 PRIVATE
      -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL
      -Wl,--version-script=${CMAKE_SOURCE_DIR}/src/pkcs11/exports.map -Wl,--gc-sections)
    set_target_properties(coffer-pkcs11 PROPERTIES
      LINK_DEPENDS ${CMAKE_SOURCE_DIR}/src/pkcs11/exports.map)
    if(NOT COFFER_SANITIZE)  # sanitizers bring libraries and symbols of their own
      add_test(NAME unit/exports
        COMMAND ${CMAKE_SOURCE_DIR}/scripts/test-exports $<TARGET_FILE:coffer-pkcs11>)
      set_tests_properties(unit/exports PROPERTIES LABELS unit TIMEOUT 60)
    endif()
  endif()

  if(tests)
    add_executable(${folder}_test ${tests})
    target_link_libraries(${folder}_test PRIVATE coffer_options coffer_test_options coffer_${folder}
      GTest::gmock GTest::gtest_main)
    add_test(NAME unit/${folder} COMMAND ${folder}_test)
    set_tests_properties(unit/${folder} PROPERTIES LABELS unit TIMEOUT 600
      ENVIRONMENT COFFER_TREE=${CMAKE_SOURCE_DIR})
    if(folder STREQUAL "crypto" AND NOT COFFER_SANITIZE)
      # Branches on secrets, found by valgrind; a test proves that it finds them.
      add_test(NAME unit/constant_time
        COMMAND valgrind --quiet --error-exitcode=0 $<TARGET_FILE:crypto_test> --gtest_filter=ConstantTime.*)
      set_tests_properties(unit/constant_time PROPERTIES LABELS unit TIMEOUT 300
        ENVIRONMENT COFFER_TREE=${CMAKE_SOURCE_DIR} FAIL_REGULAR_EXPRESSION "SKIPPED")
    endif()
    if(folder STREQUAL coffer_longest_unit_test)
      set_tests_properties(unit/${folder} PROPERTIES COST 100)
    endif()
    add_dependencies(unit_tests ${folder}_test)
  endif()
endfunction()

# The unit test that takes longest, here and with sanitizers: it begins first.
set(coffer_longest_unit_test vault)

function(coffer_build_layers layers_file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${layers_file})
  add_custom_target(unit_tests)
  file(STRINGS ${layers_file} lines REGEX "^[a-z0-9]+ *\\|")
  foreach(line IN LISTS lines)
    coffer_read_layer("${line}" folder includes libraries)
    coffer_build_folder(${folder} "${includes}" "${libraries}")
  endforeach()
endfunction()
