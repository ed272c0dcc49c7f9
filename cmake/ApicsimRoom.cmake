# apicsim_room(<name> DEPENDS <libraries>...): one static library per room from all its sources.
function(apicsim_room name)
  cmake_parse_arguments(ROOM "" "" "DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(apicsim_${name} STATIC ${sources})
  target_include_directories(apicsim_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(apicsim_${name} PUBLIC ${ROOM_DEPENDS})
  apicsim_warnings(apicsim_${name})
endfunction()

# apicsim_test(<name> DEPENDS <libraries>... [LABELS <labels>...] [LONG]): one Catch2 program per room;
# CTest runs each test case in a process of its own, so that each gets a fresh SystemC kernel. With
# LONG the test cases tagged [.long] are registered, too, under the label "long" (./test --long).
function(apicsim_test name)
  cmake_parse_arguments(TEST "LONG" "" "DEPENDS;LABELS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(test_${name} ${sources})
  target_link_libraries(test_${name} PRIVATE ${TEST_DEPENDS} apicsim_test_main)
  apicsim_warnings(test_${name})
  if(NOT TEST_LABELS)
    set(TEST_LABELS unit)
  endif()
  catch_discover_tests(test_${name} TEST_PREFIX "${name}: "
    PROPERTIES TIMEOUT 120 LABELS "${TEST_LABELS}" SKIP_RETURN_CODE 4
    FAIL_REGULAR_EXPRESSION "No test cases matched")
  if(TEST_LONG)
    catch_discover_tests(test_${name} TEST_SPEC "[long]" TEST_PREFIX "${name}: "
      PROPERTIES TIMEOUT 3600 LABELS "long" SKIP_RETURN_CODE 4
      FAIL_REGULAR_EXPRESSION "No test cases matched")
  endif()
endfunction()

function(apicsim_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    $<$<BOOL:${APICSIM_WERROR}>:-Werror>)
  if(APICSIM_FUZZ)
    target_compile_options(${target} PUBLIC -fsanitize=fuzzer-no-link)
  endif()
  if(APICSIM_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=address,undefined
      -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
endfunction()

# SystemC, TLM and Zydis headers are not ours to warn about.
add_library(apicsim_systemc INTERFACE)
target_link_libraries(apicsim_systemc INTERFACE PkgConfig::systemc Threads::Threads)
target_compile_definitions(apicsim_systemc INTERFACE SC_INCLUDE_DYNAMIC_PROCESSES)
