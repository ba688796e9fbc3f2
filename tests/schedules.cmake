# Each schedule in schedules/ is replayed: what failed once fails so for ever.
set(schedules
  bank-deadlock/deadlock
  bank-double-spend-3/negative-balance
  bank-double-spend/by-hand
  bank-double-spend/negative-balance
  bank-lost-update/money-not-conserved
  count-bankrace/withdrawn-twice
  count-philosophers/deadlock
  example-dining-table/deadlock
  example-lock-free-queue/part-done-twice
  example-rw-cache/newer-version-lost
  example-search-party/barrier-waits-for-ever
  example-thread-pool/worker-sleeps-for-ever)

foreach(schedule IN LISTS schedules)
  add_test(NAME schedules/${schedule}
    COMMAND racelab replay ${PROJECT_SOURCE_DIR}/schedules/${schedule}.schedule --times 10)
  set_tests_properties(schedules/${schedule} PROPERTIES LABELS schedules TIMEOUT 60)
endforeach()

# A schedule that is not in the list above would never be replayed.
list(JOIN schedules "," listed)
add_test(NAME schedules_are_listed
  COMMAND ${CMAKE_COMMAND}
    -D DIRECTORY=${PROJECT_SOURCE_DIR}/schedules
    -D LISTED=${listed}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/schedules_are_listed.cmake)
set_tests_properties(schedules_are_listed PROPERTIES LABELS schedules)
