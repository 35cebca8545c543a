# extraction_search: looks for sequences of calls that give octets of a protected key away (tests/extraction_search).
file(GLOB extraction_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/extraction_search/*.cc)
list(FILTER extraction_sources EXCLUDE REGEX "(_test|/main|/module_form)\\.cc$")

# What needs no vault: the texts and the judge.
add_executable(extraction_judge_test
  extraction_search/attribute_names.cc extraction_search/call_text.cc extraction_search/call_text_test.cc
  extraction_search/judge.cc extraction_search/judge_test.cc extraction_search/observation.cc)
target_include_directories(extraction_judge_test PRIVATE ${CMAKE_SOURCE_DIR})
target_link_libraries(extraction_judge_test PRIVATE
  coffer_options coffer_test_options coffer_vault GTest::gmock GTest::gtest_main)
add_test(NAME unit/extraction_judge COMMAND extraction_judge_test)
set_tests_properties(unit/extraction_judge PROPERTIES LABELS unit TIMEOUT 60)
add_dependencies(unit_tests extraction_judge_test)

# What it found is asked of the module again.
coffer_story_program(extraction_replay)
target_sources(extraction_replay PRIVATE
  extraction_search/attribute_names.cc extraction_search/call_text.cc extraction_search/module_form.cc
  extraction_search/observation.cc)
target_link_libraries(extraction_replay PRIVATE coffer_crypto)

if(NOT COFFER_SANITIZE)  # a search is as good as it is fast
  add_executable(extraction_search ${extraction_sources} extraction_search/main.cc)
  target_include_directories(extraction_search PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(extraction_search PRIVATE coffer_options coffer_crypto_testing coffer_vault)
  # Between vault/ and crypto/: see link_hooks.h.
  target_link_options(extraction_search PRIVATE
    LINKER:--wrap=_ZN6coffer6crypto6deriveERKNS0_9SecretKeyERKNS0_10ParametersE
    LINKER:--wrap=_ZN6coffer6crypto6deriveERKNS0_10PrivateKeyERKNS0_10ParametersE
    LINKER:--wrap=_ZNK6coffer6crypto10PrivateKey5pkcs8Ev)
  add_test(NAME unit/extraction_search COMMAND extraction_search --seconds 55)
  set_tests_properties(unit/extraction_search PROPERTIES LABELS unit TIMEOUT 300 COST 90)
endif()
