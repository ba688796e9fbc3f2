# Compile options that all of racelab's own targets share. They are never exported to users.
add_library(racelab_private INTERFACE)
target_compile_features(racelab_private INTERFACE cxx_std_20)
target_compile_options(racelab_private INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(RACELAB_WERROR)
  target_compile_options(racelab_private INTERFACE -Werror)
endif()
if(RACELAB_SANITIZE)
  target_compile_options(racelab_private INTERFACE
    -fsanitize=${RACELAB_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(racelab_private INTERFACE -fsanitize=${RACELAB_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 mistakes the sanitizer's checks for uses of uninitialized values.
    target_compile_options(racelab_private INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()

# Headers that most sources include, precompiled once for each library.
set(racelab_precompiled
  <algorithm> <chrono> <functional> <map> <memory> <optional> <set> <span> <string> <variant>
  <vector> <fmt/format.h>)
if(RACELAB_PRECOMPILE AND RACELAB_VERIFY_HEADERS)
  message(FATAL_ERROR "RACELAB_VERIFY_HEADERS needs sources that are compiled with nothing before "
    "them: set RACELAB_PRECOMPILE to OFF")
endif()

# racelab_library(<name> HEADERS <file>... SOURCES <file>... LINK <public library>...)
# makes the static library racelab_<name> with the alias racelab::<name>. HEADERS are public: they are
# installed, and included relative to BASE, by default the root. INTERNAL_HEADERS are not installed.
# Each header must compile alone.
function(racelab_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "BASE"
    "HEADERS;INTERNAL_HEADERS;SOURCES;LINK;LINK_PRIVATE")
  if(NOT arg_BASE)
    set(arg_BASE ${PROJECT_SOURCE_DIR})
  endif()
  add_library(racelab_${name} STATIC ${arg_SOURCES})
  add_library(racelab::${name} ALIAS racelab_${name})
  set_target_properties(racelab_${name} PROPERTIES EXPORT_NAME ${name} UNITY_BUILD OFF)
  target_compile_features(racelab_${name} PUBLIC cxx_std_20)
  if(arg_HEADERS)
    target_sources(racelab_${name} PUBLIC
      FILE_SET HEADERS BASE_DIRS ${arg_BASE} FILES ${arg_HEADERS})
  endif()
  target_link_libraries(racelab_${name}
    PUBLIC ${arg_LINK}
    PRIVATE $<BUILD_INTERFACE:racelab_private> ${arg_LINK_PRIVATE})
  list(LENGTH arg_SOURCES sources)
  if(RACELAB_PRECOMPILE AND sources GREATER 4)
    set(json)
    if(arg_LINK_PRIVATE MATCHES nlohmann_json)
      set(json <nlohmann/json.hpp>)
    endif()
    target_precompile_headers(racelab_${name} PRIVATE ${racelab_precompiled} ${json})
  endif()
  if(RACELAB_VERIFY_HEADERS)
    racelab_verify_headers(${name}
      HEADERS ${arg_HEADERS} ${arg_INTERNAL_HEADERS} SOURCES ${arg_SOURCES})
  endif()
endfunction()

if(RACELAB_VERIFY_HEADERS)
  add_custom_target(racelab_headers)  # builds only its dependencies
endif()

# A header with a source of the same name compiles alone, because that source includes it first
# (tests/repository_test.cpp checks that). The other headers are compiled here.
function(racelab_verify_headers name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;SOURCES")
  set(files)
  foreach(header IN LISTS arg_HEADERS)
    string(REGEX REPLACE "hpp$" "cpp" source ${header})
    if(NOT source IN_LIST arg_SOURCES)
      set(file ${CMAKE_CURRENT_BINARY_DIR}/headers/${source})
      file(CONFIGURE OUTPUT ${file}
        CONTENT "#include \"${CMAKE_CURRENT_SOURCE_DIR}/${header}\"\n")
      list(APPEND files ${file})
    endif()
  endforeach()
  if(files)
    add_library(racelab_${name}_headers OBJECT EXCLUDE_FROM_ALL ${files})
    target_link_libraries(racelab_${name}_headers PRIVATE racelab_${name} racelab_private)
    target_compile_options(racelab_${name}_headers PRIVATE -O0 -g0)
    add_dependencies(racelab_headers racelab_${name}_headers)
  endif()
endfunction()
