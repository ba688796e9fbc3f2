# What all of racelab's own targets have in common, never exported to its users.
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
    # GCC 12 takes the checks for uses of what they check.
    target_compile_options(racelab_private INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()

# racelab_library(<name> HEADERS <file>... SOURCES <file>... LINK <public library>...)
# makes the static library racelab_<name>, known as racelab::<name>. Each header must compile alone.
# HEADERS are the users', installed and included from BASE, by default the root; INTERNAL_HEADERS are
# racelab's own.
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
    set_target_properties(racelab_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  endif()
  target_link_libraries(racelab_${name}
    PUBLIC ${arg_LINK}
    PRIVATE $<BUILD_INTERFACE:racelab_private> ${arg_LINK_PRIVATE})
  if(arg_INTERNAL_HEADERS)
    # A target of their own, which is not installed: only public sets of headers are verified.
    add_library(racelab_${name}_internal INTERFACE)
    target_sources(racelab_${name}_internal INTERFACE
      FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_INTERNAL_HEADERS})
    set_target_properties(racelab_${name}_internal PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
    target_link_libraries(racelab_${name}_internal INTERFACE ${arg_LINK})
  endif()
endfunction()
