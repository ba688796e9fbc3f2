# Replays with RACELAB the schedules in DIRECTORY that are not in LISTED, which is separated by commas
# and without suffixes. A file that is added to the directory is tested without being listed.
cmake_minimum_required(VERSION 3.25)
string(REPLACE "," ";" LISTED "${LISTED}")
execute_process(COMMAND find . -type f WORKING_DIRECTORY ${DIRECTORY}
  OUTPUT_VARIABLE files OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" files "${files}")
foreach(file IN LISTS files)
  string(REGEX REPLACE "^\\./" "" file "${file}")
  string(REGEX REPLACE "\\.schedule$" "" name "${file}")
  if(name IN_LIST LISTED)
    continue()
  endif()
  execute_process(COMMAND ${RACELAB} replay ${DIRECTORY}/${file} --times 10 RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(SEND_ERROR "schedules/${file} does not replay: exit code ${result}")
  endif()
endforeach()
