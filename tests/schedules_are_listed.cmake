# Fails where DIRECTORY has a file that LISTED does not name. LISTED has commas, and no suffixes.
cmake_minimum_required(VERSION 3.25)
string(REPLACE "," ";" LISTED "${LISTED}")
execute_process(COMMAND find . -type f WORKING_DIRECTORY ${DIRECTORY}
  OUTPUT_VARIABLE files OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" files "${files}")
foreach(file IN LISTS files)
  string(REGEX REPLACE "^\\./" "" file "${file}")
  string(REGEX REPLACE "\\.schedule$" "" name "${file}")
  if(NOT name IN_LIST LISTED)
    message(SEND_ERROR "schedules/${file} is not listed in tests/schedules.cmake")
  endif()
endforeach()
