# Rules for `cmake --install`. Each library is one component for find_package and pkg-config.
if(RACELAB_INSTALL)
  include(CMakePackageConfigHelpers)
  include(GNUInstallDirs)
endif()

# racelab_component(<name> [NEEDS <component>...] [PACKAGES "<find_package arguments>"...]
#                   [PKG_CONFIG_REQUIRES <module>...] [PKG_CONFIG_LIBS <flag>...]
#                   [PKG_CONFIG_CFLAGS <flag>...])
# installs racelab::<name> with its headers. `find_package(racelab COMPONENTS <name>)` finds it if all
# its dependencies are found; pkg-config knows it as racelab-<name>. Declare the components that it
# NEEDS before it.
function(racelab_component name)
  if(NOT RACELAB_INSTALL)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" ""
    "NEEDS;PACKAGES;PKG_CONFIG_REQUIRES;PKG_CONFIG_LIBS;PKG_CONFIG_CFLAGS")
  set(headers)
  get_target_property(header_sets racelab_${name} INTERFACE_HEADER_SETS)
  if(header_sets)
    set(dir ${CMAKE_INSTALL_INCLUDEDIR}/racelab)
    set(headers FILE_SET HEADERS DESTINATION ${dir} INCLUDES DESTINATION ${dir})
  endif()
  install(TARGETS racelab_${name} EXPORT racelab-${name} ${headers})
  install(EXPORT racelab-${name}
    NAMESPACE racelab::
    FILE racelab-${name}-targets.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/racelab)

  list(JOIN arg_PACKAGES "\" \"" packages)
  set_property(GLOBAL APPEND PROPERTY RACELAB_COMPONENTS ${name})
  set_property(GLOBAL APPEND_STRING PROPERTY RACELAB_COMPONENT_LINES
    "  set(needs_of_${name} ${arg_NEEDS})\n  set(packages_of_${name} \"${packages}\")\n")

  list(TRANSFORM arg_NEEDS PREPEND "racelab-")
  list(JOIN arg_NEEDS " " needs)
  list(JOIN arg_PKG_CONFIG_REQUIRES " " modules)
  list(JOIN arg_PKG_CONFIG_LIBS " " libraries)
  list(JOIN arg_PKG_CONFIG_CFLAGS " " flags)
  get_target_property(type racelab_${name} TYPE)
  if(NOT type STREQUAL "INTERFACE_LIBRARY")
    string(PREPEND libraries "-L\${libdir} -lracelab_${name} ")
  endif()
  set(pkg_config_dir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
  file(RELATIVE_PATH prefix ${pkg_config_dir} ${CMAKE_INSTALL_PREFIX})
  file(RELATIVE_PATH libdir ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
  file(RELATIVE_PATH includedir ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
  configure_file(${PROJECT_SOURCE_DIR}/cmake/racelab.pc.in racelab-${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/racelab-${name}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# Installs the package files. Call it after the last racelab_component().
function(racelab_package)
  if(NOT RACELAB_INSTALL)
    return()
  endif()
  get_property(components GLOBAL PROPERTY RACELAB_COMPONENTS)
  get_property(lines GLOBAL PROPERTY RACELAB_COMPONENT_LINES)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/racelabConfig.cmake.in racelabConfig.cmake @ONLY)
  write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/racelabConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES
    ${CMAKE_CURRENT_BINARY_DIR}/racelabConfig.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/racelabConfigVersion.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/racelab)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
  install(FILES ${PROJECT_SOURCE_DIR}/tools/gdb/racelab.py
    DESTINATION ${CMAKE_INSTALL_DATADIR}/racelab/gdb)
endfunction()
