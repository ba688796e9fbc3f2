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
function(racelab_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;SOURCES;LINK;LINK_PRIVATE")
  add_library(racelab_${name} STATIC ${arg_SOURCES})
  add_library(racelab::${name} ALIAS racelab_${name})
  set_target_properties(racelab_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(racelab_${name} PUBLIC cxx_std_20)
  target_sources(racelab_${name} PUBLIC
    FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS})
  set_target_properties(racelab_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  target_link_libraries(racelab_${name}
    PUBLIC ${arg_LINK}
    PRIVATE $<BUILD_INTERFACE:racelab_private> ${arg_LINK_PRIVATE})
endfunction()
