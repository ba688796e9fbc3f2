# The page of `racelab show --html` in a browser. Skipped without a browser
# (tests/http/real/install-tools).
find_package(Python3 3.9 COMPONENTS Interpreter)

if(Python3_Interpreter_FOUND)
  add_test(NAME real.shown_in_chromium
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/real/shown_in_chromium.py
      $<TARGET_FILE:racelab>)
  set_tests_properties(real.shown_in_chromium PROPERTIES
    LABELS network TIMEOUT 900 SKIP_RETURN_CODE 77)
endif()
