# Golden traces: recorded conversations with the chip, replayed with randomness that follows from a seed.
file(GLOB trace_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/traces/*.cc)
add_executable(traces_test ${trace_sources})
target_include_directories(traces_test PRIVATE ${CMAKE_SOURCE_DIR})
target_link_libraries(traces_test PRIVATE
  coffer_options coffer_test_options coffer_crypto_testing coffer_vault coffer_net GTest::gmock GTest::gtest)
add_test(NAME unit/traces COMMAND traces_test)
set_tests_properties(unit/traces PROPERTIES LABELS unit TIMEOUT 120 ENVIRONMENT COFFER_TREE=${CMAKE_SOURCE_DIR})

if(NOT COFFER_SANITIZE)  # sanitized builds make no product
  add_test(NAME unit/shipped_randomness COMMAND ${CMAKE_SOURCE_DIR}/scripts/test-shipped-randomness
    $<TARGET_FILE:traces_test> $<TARGET_FILE:coffer> $<TARGET_FILE:coffer-pkcs11>)
  set_tests_properties(unit/shipped_randomness PROPERTIES LABELS unit TIMEOUT 60)
endif()
add_dependencies(unit_tests traces_test)
