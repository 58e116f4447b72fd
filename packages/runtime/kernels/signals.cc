// Signals on Linux: a thread of their own takes them (docs/decisions/signals.md).
//
// Products of oneDNN keep their working memory where the stack pointer points. The handler of a signal that interrupts one writes below that,
// over whatever the heap has there. So no thread that computes takes signals which others send to the process.
#if defined(__linux__)
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "older-libraries.h"

OLDER(pthread_create);
OLDER(pthread_detach);
OLDER(pthread_sigmask);

namespace ais {
namespace {

/** What a thread brings upon itself, by an instruction or by a call of the system, and what V8 sends to a thread to profile it. */
constexpr int OWN[] = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP, SIGSYS,
                       SIGABRT, SIGPIPE, SIGXFSZ, SIGTTIN, SIGTTOU, SIGPROF};

/** For V8's handler of SIGPROF, which asks for another stack if there is one; a frame with AMX registers takes 11 KB. */
constexpr size_t STACK = 1 << 18;

void* take_signals(void*) {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  for (;;) pause();
}

void give_another_stack() {
  stack_t current;
  if (sigaltstack(nullptr, &current) == 0 && !(current.ss_flags & SS_DISABLE) && current.ss_size >= STACK) return;
  static char memory[STACK];
  stack_t own{};
  own.ss_sp = memory;
  own.ss_size = STACK;
  sigaltstack(&own, nullptr);
}

/** For the thread that loads the addon, and all that it starts from then on: TensorFlow's, and its workers. */
bool leave_signals() {
  sigset_t others, before;
  sigfillset(&others);
  for (int own : OWN) sigdelset(&others, own);
  // Blocked before the thread that takes them starts, so that none comes in between.
  if (pthread_sigmask(SIG_BLOCK, &others, &before) != 0) return false;
  pthread_t taker;
  if (pthread_create(&taker, nullptr, &take_signals, nullptr) != 0) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return false;
  }
  pthread_detach(taker);
  give_another_stack();
  return true;
}

const bool left = leave_signals();

}  // namespace
}  // namespace ais
#endif
