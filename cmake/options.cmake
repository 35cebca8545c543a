# Compiler options: coffer_options for every target - warnings are errors, hardening is on, sanitizers on request -
# and coffer_test_options on top for what only tests run.
add_library(coffer_options INTERFACE)
target_compile_options(coffer_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
  -Wno-missing-field-initializers  # designated initializers leave fields at their defaults on purpose
  -fno-strict-aliasing -fstack-protector-strong -fcf-protection=full
  -ftrivial-auto-var-init=zero)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside its own library headers when it inlines std::vector and std::string.
  target_compile_options(coffer_options INTERFACE
    -Wno-error=stringop-overflow -Wno-error=array-bounds -Wno-error=restrict
    -Wno-error=maybe-uninitialized)
else()
  target_compile_options(coffer_options INTERFACE
    -Wno-unused-result                              # TRY(f()) drops a value on purpose; g++ looks after [[nodiscard]]
    -Wno-missing-designated-field-initializers)     # as above
  # The sanitizers' builds link much and often; the shipped build is g++'s and uses the system's linker.
  target_link_options(coffer_options INTERFACE -fuse-ld=lld)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_options(coffer_options INTERFACE -O2 -g1 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
target_link_options(coffer_options INTERFACE -Wl,--as-needed -Wl,-z,relro,-z,now,-z,noexecstack)

if(COFFER_SANITIZE)
  # No debug information: a report names functions, and UBSan's files and lines too. Whoever needs more adds -g.
  target_compile_options(coffer_options INTERFACE
    -fsanitize=${COFFER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -O1 -g0
    -D_GLIBCXX_ASSERTIONS)
  target_link_options(coffer_options INTERFACE -fsanitize=${COFFER_SANITIZE})
endif()
if(COFFER_SANITIZE MATCHES "undefined")
  # The check of a virtual call looks at memory by a pipe, which the chip's filter refuses to threads that ran before it.
  set_source_files_properties(src/host/system_calls_test.cc PROPERTIES COMPILE_OPTIONS -fno-sanitize=vptr)
endif()
if(COFFER_FUZZ)
  target_compile_options(coffer_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Tests run for a moment and are compiled for minutes: no optimisation. Link coffer_options before it.
add_library(coffer_test_options INTERFACE)
target_compile_options(coffer_test_options INTERFACE -O0 -g0 SHELL:-U_FORTIFY_SOURCE)  # SHELL: not a duplicate

# Whether what the compiler makes of it branches is the question: optimised as the product is.
if(NOT COFFER_SANITIZE)
  set_source_files_properties(src/crypto/constant_time_test.cc PROPERTIES COMPILE_OPTIONS "-O2;-Wno-invalid-pch")
endif()
