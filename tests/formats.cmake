# docs/formats.md is checked against the code.
add_executable(formats_test formats_test.cc)
target_include_directories(formats_test PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(formats_test PRIVATE coffer_options coffer_test_options coffer_vault coffer_store coffer_wire coffer_net GTest::gtest_main)
add_test(NAME unit/formats COMMAND formats_test)
set_tests_properties(unit/formats PROPERTIES LABELS unit TIMEOUT 60 ENVIRONMENT COFFER_TREE=${CMAKE_SOURCE_DIR})
add_dependencies(unit_tests formats_test)
