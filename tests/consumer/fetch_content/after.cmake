# racelab changes nothing in the project that it is a part of but its own options and what
# find_package remembers.
set(theirs "^(_|RACELAB|racelab|FETCHCONTENT|FetchContent|FIND_PACKAGE_MESSAGE_DETAILS"
  "|CMAKE_PROJECT_VERSION|Boost|boost|fmt|CLI11|nlohmann_json)")
string(CONCAT theirs ${theirs})
foreach(kind VARIABLES CACHE_VARIABLES)
  get_cmake_property(now ${kind})
  list(REMOVE_ITEM now ${${kind}_before})
  list(FILTER now EXCLUDE REGEX "${theirs}|_before$")
  list(REMOVE_ITEM now kind now theirs)
  if(now)
    message(FATAL_ERROR "racelab has set here: ${now}")
  endif()
endforeach()

# Can be linked, but is not built for nothing.
add_executable(museum EXCLUDE_FROM_ALL ../museum/visitors.cpp)
target_link_libraries(museum PRIVATE racelab::main)

enable_testing()
add_test(NAME program COMMAND program)
set_tests_properties(program PROPERTIES
  PASS_REGULAR_EXPRESSION "^4 of 6 interleavings lose an update\n$")
add_test(NAME only_what_is_linked_is_built COMMAND find . -name *.a)
set_tests_properties(only_what_is_linked_is_built PROPERTIES
  PASS_REGULAR_EXPRESSION "^[^\n]*/libracelab_sim\\.a\n$")
