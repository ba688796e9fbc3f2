# What this project is before racelab is a part of it.
foreach(kind VARIABLES CACHE_VARIABLES)
  get_cmake_property(${kind}_before ${kind})
endforeach()
