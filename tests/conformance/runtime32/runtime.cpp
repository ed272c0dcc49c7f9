#include "runtime.h"

/// Defined by each program; ends with finish().
void program();

extern "C" {
void run_program();
void unexpected_fault();
}

void run_program() {
  program();
  give_up("the program has no end");
}

void unexpected_fault() { give_up("an unexpected #GP"); }
