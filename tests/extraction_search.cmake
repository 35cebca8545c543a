# extraction_search: looks for sequences of calls that give octets of a protected key away (tests/extraction_search).
file(GLOB extraction_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/extraction_search/*.cc)
set(extraction_tests ${extraction_sources})
set(extraction_main ${CMAKE_CURRENT_SOURCE_DIR}/extraction_search/main.cc)
list(FILTER extraction_tests INCLUDE REGEX "_test\\.cc$")
list(FILTER extraction_sources EXCLUDE REGEX "(_test|/main|/module_form)\\.cc$")

add_library(extraction_parts OBJECT ${extraction_sources})
target_include_directories(extraction_parts PUBLIC ${CMAKE_SOURCE_DIR})
target_link_libraries(extraction_parts PUBLIC coffer_options coffer_crypto_testing coffer_vault)
# Between vault/ and crypto/: see link_hooks.h.
target_link_options(extraction_parts PUBLIC
  LINKER:--wrap=_ZN6coffer6crypto6deriveERKNS0_9SecretKeyERKNS0_10ParametersE
  LINKER:--wrap=_ZN6coffer6crypto6deriveERKNS0_10PrivateKeyERKNS0_10ParametersE
  LINKER:--wrap=_ZNK6coffer6crypto10PrivateKey5pkcs8Ev)

add_executable(extraction_search ${extraction_main} $<TARGET_OBJECTS:coffer_crypto_testing>)
target_link_libraries(extraction_search PRIVATE extraction_parts)

# What it found is asked of the module again.
coffer_story_program(extraction_replay)
target_sources(extraction_replay PRIVATE
  extraction_search/attribute_names.cc extraction_search/call_text.cc extraction_search/module_form.cc
  extraction_search/observation.cc)
target_link_libraries(extraction_replay PRIVATE coffer_crypto)
