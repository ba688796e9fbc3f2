# Replays each schedule in schedules/: each must have the outcome that it expects.
set(schedules
  bank-deadlock/deadlock
  bank-double-spend-3/negative-balance
  bank-double-spend/by-hand
  bank-double-spend/negative-balance
  bank-locked/deadlock
  bank-locked/double-spend
  bank-locked/lost-update
  bank-lost-update/money-not-conserved
  bank-optimistic/double-spend
  count-bankrace/withdrawn-twice
  count-ninc/increment-lost
  count-philosophers-ordered/deadlock
  count-philosophers/deadlock
  example-dining-table-fixed/deadlock
  example-dining-table/deadlock
  example-double-checked-locking/data-race
  example-early-close/sale-lost
  example-late-answer/paid-twice
  example-late-check/false-alarm
  example-lazy-pair/both-wait
  example-lock-free-queue-fixed/part-done-twice
  example-lock-free-queue/part-done-twice
  example-notify-after-unlock/used-after-return
  example-peterson/both-inside
  example-rw-cache-fixed/newer-version-lost
  example-rw-cache/newer-version-lost
  example-sales/count-lost
  example-search-party-fixed/barrier-waits-for-ever
  example-search-party/barrier-waits-for-ever
  example-snapshot-fixed/received-before-sent
  example-snapshot/received-before-sent
  example-spin-lock/data-race
  example-statement/nobody-can-book
  example-stop-token/worker-sleeps-for-ever
  example-sync-wait/used-after-return
  example-thread-pool-fixed/worker-sleeps-for-ever
  example-thread-pool/worker-sleeps-for-ever
  example-two-answers/promise-kept-twice
  example-weak-claim/left-undone
  example-woken-without-cause/nothing-is-ready)

foreach(schedule IN LISTS schedules)
  add_test(NAME schedules/${schedule}
    COMMAND racelab replay ${PROJECT_SOURCE_DIR}/schedules/${schedule}.schedule --times 10)
  set_tests_properties(schedules/${schedule} PROPERTIES LABELS schedules TIMEOUT 60)
endforeach()

# A followed schedule on a fixed scenario: the order that showed the bug must pass with the fix.
function(racelab_fixed schedule scenario)
  add_test(NAME schedules/${schedule}/fixed
    COMMAND racelab replay ${PROJECT_SOURCE_DIR}/schedules/${schedule}.schedule
      --follow --scenario ${scenario})
  set_tests_properties(schedules/${schedule}/fixed PROPERTIES
    LABELS schedules TIMEOUT 60 PASS_REGULAR_EXPRESSION "it no longer fails"
    FAIL_REGULAR_EXPRESSION "DIVERGED")
endfunction()
racelab_fixed(bank-deadlock/deadlock bank/locked)
racelab_fixed(bank-double-spend/negative-balance bank/locked)
racelab_fixed(bank-lost-update/money-not-conserved bank/optimistic)
racelab_fixed(count-philosophers/deadlock count/philosophers-ordered:n=2)
racelab_fixed(example-dining-table/deadlock example/dining-table-fixed:n=2)
racelab_fixed(example-double-checked-locking/data-race example/double-checked-locking-fixed)
racelab_fixed(example-late-answer/paid-twice example/late-answer-fixed)
racelab_fixed(example-lazy-pair/both-wait example/lazy-pair-fixed)
racelab_fixed(example-lock-free-queue/part-done-twice example/lock-free-queue-fixed)
racelab_fixed(example-peterson/both-inside example/peterson-fixed)
racelab_fixed(example-rw-cache/newer-version-lost example/rw-cache-fixed:readers=1)
racelab_fixed(example-search-party/barrier-waits-for-ever example/search-party-fixed)
racelab_fixed(example-snapshot/received-before-sent example/snapshot-fixed)
racelab_fixed(example-stop-token/worker-sleeps-for-ever example/stop-token-fixed)
racelab_fixed(example-thread-pool/worker-sleeps-for-ever
  example/thread-pool-fixed:workers=1,jobs=0)

# The schedules that the list above lacks, in one test.
list(JOIN schedules "," listed)
add_test(NAME schedules/others
  COMMAND ${CMAKE_COMMAND}
    -D RACELAB=$<TARGET_FILE:racelab>
    -D DIRECTORY=${PROJECT_SOURCE_DIR}/schedules
    -D LISTED=${listed}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/other_schedules.cmake)
set_tests_properties(schedules/others PROPERTIES LABELS schedules TIMEOUT 120)
