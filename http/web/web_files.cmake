# racelab_web_files(<variable> <url> <content type> <file> ...) generates a source that embeds the
# files byte for byte, and stores the name of the source in the variable. The assembler reads the
# files (.incbin), so they are not converted to C++ text.
function(racelab_web_files variable)
  set(web_file_data "")
  set(web_file_rows "")
  set(web_file_count 0)
  set(files "")
  set(rest ${ARGN})
  while(rest)
    list(POP_FRONT rest url type file)
    if(type MATCHES "^text/")
      string(APPEND type "; charset=utf-8")
    endif()
    set(path ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    set(name racelab_web_file_${web_file_count})
    list(APPEND files ${path})
    string(APPEND web_file_data
      "asm(\".section .rodata\\n\"\n"
      "    \".global ${name}\\n${name}:\\n\"\n"
      "    \".incbin \\\"${path}\\\"\\n\"\n"
      "    \".global ${name}_end\\n${name}_end:\\n\"\n"
      "    \".byte 0\\n.previous\\n\");\n"
      "extern \"C\" const char ${name}[];\n"
      "extern \"C\" const char ${name}_end[];\n\n")
    string(APPEND web_file_rows
      "      {\"${url}\", \"${type}\",\n"
      "       {${name}, static_cast<std::size_t>(${name}_end - ${name})}},\n")
    math(EXPR web_file_count "${web_file_count} + 1")
  endwhile()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/web_files.cpp)
  configure_file(${CMAKE_CURRENT_SOURCE_DIR}/web/web_files.cpp.in ${source} @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${files}")
  set(${variable} ${source} PARENT_SCOPE)
endfunction()
