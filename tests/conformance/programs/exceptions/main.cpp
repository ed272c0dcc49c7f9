#include "exceptions.h"

void program() {
  exceptions::check_matrix();
  exceptions::check_details();
  exceptions::check_gates();
  exceptions::check_stacks();
  finish("exceptions");
}
