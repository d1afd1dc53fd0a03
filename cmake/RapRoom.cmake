# SPDX-License-Identifier: Apache-2.0
# Settings that all of rap's own code is compiled with.
add_library(rap_settings INTERFACE)
target_compile_options(rap_settings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  -Wno-missing-field-initializers) # designated initializers leave the rest at its default on purpose
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(rap_settings INTERFACE -Wno-restrict) # false alarms on std::string (GCC bug 105651)
endif()
if(RAP_WERROR)
  target_compile_options(rap_settings INTERFACE -Werror)
endif()
if(RAP_SANITIZE)
  target_compile_options(rap_settings INTERFACE -fsanitize=${RAP_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(rap_settings INTERFACE -fsanitize=${RAP_SANITIZE})
endif()

# rap_room(NAME SOURCES file... [LINKS target...]): the static library rap_NAME of one folder of
# src/. LINKS are third parties and the rooms that docs/ARCHITECTURE.md allows; all are PRIVATE.
function(rap_room name)
  cmake_parse_arguments(room "" "" "SOURCES;LINKS" ${ARGN})
  add_library(rap_${name} STATIC ${room_SOURCES})
  target_include_directories(rap_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(rap_${name} PRIVATE rap_settings ${room_LINKS})
endfunction()

# What tests run with, for ctest. Sanitizers refuse a flag with which OpenVINO's TBB loads libraries unless told so.
set(RAP_TEST_ENVIRONMENT "")
if(RAP_SANITIZE)
  set(RAP_TEST_ENVIRONMENT "TBB_ENABLE_SANITIZERS=1")
endif()

# rap_test(NAME SOURCES file... [LINKS target...] [LABELS label...]): one GoogleTest binary, each
# of its cases registered with ctest. Tests find photos of the data folder through
# tests/support/data.h, which reports a case skipped where there is none.
function(rap_test name)
  cmake_parse_arguments(test "" "TIMEOUT" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(${name} ${test_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE RAP_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_compile_options(${name} PRIVATE -O0) # a test spends its time in what it tests; optimised, it only builds slower
  target_link_libraries(${name} PRIVATE rap_settings ${test_LINKS} GTest::gmock GTest::gtest_main)
  if(NOT test_LABELS)
    set(test_LABELS ${name})
  endif()
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 300)
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 NO_PRETTY_VALUES
    PROPERTIES LABELS "${test_LABELS}" TIMEOUT ${test_TIMEOUT} ENVIRONMENT "${RAP_TEST_ENVIRONMENT}")
endfunction()
