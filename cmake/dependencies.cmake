# The libraries that src/LAYERS may name: coffer::openssl, coffer::crypto_mb, coffer::seccomp, coffer::sqlite3.
# OpenSSL and crypto_mb come from the cache that scripts/deps fills, outside the tree.
execute_process(
  COMMAND ${CMAKE_SOURCE_DIR}/scripts/deps --cmake-file
  OUTPUT_VARIABLE coffer_deps_file OUTPUT_STRIP_TRAILING_WHITESPACE
  RESULT_VARIABLE coffer_deps_result)
if(NOT coffer_deps_result EQUAL 0 OR NOT EXISTS "${coffer_deps_file}")
  message(FATAL_ERROR "OpenSSL 3.5 is not built yet: run scripts/deps first (./quickstart and ./check do).")
endif()
include(${coffer_deps_file})
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(GTest REQUIRED)

add_library(coffer_openssl INTERFACE)
add_library(coffer::openssl ALIAS coffer_openssl)
target_include_directories(coffer_openssl SYSTEM INTERFACE ${COFFER_OPENSSL_INCLUDE})
target_link_libraries(coffer_openssl INTERFACE
  ${COFFER_OPENSSL_SSL_LIB} ${COFFER_OPENSSL_CRYPTO_LIB} Threads::Threads)

add_library(coffer_crypto_mb INTERFACE)
add_library(coffer::crypto_mb ALIAS coffer_crypto_mb)
if(COFFER_CRYPTO_MB_LIB)
  target_compile_definitions(coffer_crypto_mb INTERFACE COFFER_HAS_CRYPTO_MB=1)
  target_include_directories(coffer_crypto_mb SYSTEM INTERFACE ${COFFER_CRYPTO_MB_INCLUDE})
  target_link_libraries(coffer_crypto_mb INTERFACE ${COFFER_CRYPTO_MB_LIB} coffer_openssl)
endif()

pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
add_library(coffer::seccomp ALIAS PkgConfig::SECCOMP)
pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET sqlite3)
add_library(coffer::sqlite3 ALIAS PkgConfig::SQLITE3)
