# Power losses: a file system that records the life of a vault, and a program that opens what a loss left (tests/power_loss).
if(NOT COFFER_SANITIZE)
  pkg_check_modules(FUSE3 IMPORTED_TARGET fuse3)
  if(FUSE3_FOUND)  # the story fails without it; building the product does not need it
    add_executable(recording_fs power_loss/recording_fs.cc)
    target_compile_definitions(recording_fs PRIVATE FUSE_USE_VERSION=35)
    target_link_libraries(recording_fs PRIVATE coffer_options coffer_test_options PkgConfig::FUSE3)
  endif()
  add_executable(vault_reader power_loss/vault_reader.cc)
  target_link_libraries(vault_reader PRIVATE coffer_options coffer_test_options coffer_cli coffer_vault coffer_store)
  add_test(NAME unit/power_loss_states COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/power_loss/disk_test.py)
  set_tests_properties(unit/power_loss_states PROPERTIES LABELS unit TIMEOUT 60)
endif()
