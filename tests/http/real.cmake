# The lab against real Prometheus, Jaeger, k6, and browsers. Each test is skipped if its tool is not
# installed (tests/http/real/install-tools installs them).
find_package(Python3 3.9 COMPONENTS Interpreter)

foreach(test IN ITEMS
    compose_file
    docs_in_chromium
    lab_in_chromium
    loaded_by_k6
    openapi_by_schemathesis
    recorded_under_k6
    scraped_by_prometheus
    shown_in_jaeger
    traced_by_jaeger)
  if(Python3_Interpreter_FOUND)
    add_test(NAME real.${test}
      COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/real/${test}.py
        $<TARGET_FILE:racelab>)
    set_tests_properties(real.${test} PROPERTIES
      LABELS network TIMEOUT 900 SKIP_RETURN_CODE 77)
  endif()
endforeach()
