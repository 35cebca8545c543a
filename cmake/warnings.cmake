# Compiler options of every target: warnings are errors, hardening is on, sanitizers on request.
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
  # TRY(f()) drops a value on purpose; g++ looks after [[nodiscard]].
  target_compile_options(coffer_options INTERFACE -Wno-unused-result)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_options(coffer_options INTERFACE -O2 -g1 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
target_link_options(coffer_options INTERFACE -Wl,--as-needed -Wl,-z,relro,-z,now,-z,noexecstack)

if(COFFER_SANITIZE)
  target_compile_options(coffer_options INTERFACE
    -fsanitize=${COFFER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -O1 -g1
    -D_GLIBCXX_ASSERTIONS)
  target_link_options(coffer_options INTERFACE -fsanitize=${COFFER_SANITIZE})
endif()
if(COFFER_FUZZ)
  target_compile_options(coffer_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
