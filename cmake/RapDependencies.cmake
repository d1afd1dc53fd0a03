# SPDX-License-Identifier: Apache-2.0
# Third parties as imported targets. Rooms link them PRIVATE.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(nlohmann_json REQUIRED)
pkg_check_modules(vips REQUIRED IMPORTED_TARGET vips)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
find_package(OpenVINO REQUIRED COMPONENTS Runtime PATHS ${RAP_DEPS_DIR}/openvino/openvino/cmake NO_DEFAULT_PATH)

# Not by dlib's own package file, which names libraries that only other parts of dlib need.
find_path(RAP_DLIB_INCLUDE_DIR dlib/dnn.h REQUIRED)
find_library(RAP_DLIB_LIBRARY dlib REQUIRED)
find_library(RAP_BLAS_LIBRARY openblas REQUIRED)
add_library(dlib::faces INTERFACE IMPORTED)
target_include_directories(dlib::faces SYSTEM INTERFACE ${RAP_DLIB_INCLUDE_DIR})
target_link_libraries(dlib::faces INTERFACE ${RAP_DLIB_LIBRARY} ${RAP_BLAS_LIBRARY} Threads::Threads)

function(rap_import_llama name)
  add_library(llama::${name} SHARED IMPORTED GLOBAL)
  set_target_properties(llama::${name} PROPERTIES
    IMPORTED_LOCATION ${RAP_DEPS_DIR}/llama/lib/lib${name}.so
    INTERFACE_INCLUDE_DIRECTORIES ${RAP_DEPS_DIR}/llama/include)
  target_link_libraries(llama::${name} INTERFACE ${ARGN})
endfunction()
rap_import_llama(ggml-base)
rap_import_llama(ggml llama::ggml-base)
rap_import_llama(llama llama::ggml)
rap_import_llama(mtmd llama::llama)

add_library(rap_httplib STATIC EXCLUDE_FROM_ALL ${RAP_DEPS_DIR}/httplib/httplib.cpp)
add_library(httplib::httplib ALIAS rap_httplib)
target_include_directories(rap_httplib SYSTEM PUBLIC ${RAP_DEPS_DIR}/httplib)
target_compile_definitions(rap_httplib PUBLIC CPPHTTPLIB_OPENSSL_SUPPORT)
target_link_libraries(rap_httplib PUBLIC OpenSSL::SSL OpenSSL::Crypto Threads::Threads)

# libtorch, for training only. AUTO trains where it is found.
set(RAP_TRAINING AUTO CACHE STRING "Build the trainer: ON, OFF or AUTO")
if(NOT RAP_TRAINING STREQUAL "OFF")
  find_package(Torch QUIET)
  if(RAP_TRAINING STREQUAL "ON" AND NOT Torch_FOUND)
    message(FATAL_ERROR "The trainer needs libtorch: install libtorch-dev, or name another by CMAKE_PREFIX_PATH")
  endif()
  if(Torch_FOUND)
    set(RAP_TRAINING ON)
    add_library(Torch::Torch INTERFACE IMPORTED)
    target_include_directories(Torch::Torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
    target_link_libraries(Torch::Torch INTERFACE ${TORCH_LIBRARIES})
  else()
    set(RAP_TRAINING OFF)
  endif()
endif()
