#include "threads.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include "older-libraries.h"

OLDER(pthread_create);
OLDER(pthread_detach);
OLDER(pthread_mutex_trylock);

namespace ais {
namespace {

int thread_count() {
  const char* chosen = std::getenv("TF_NUM_INTRAOP_THREADS");
  const int wanted = chosen ? std::atoi(chosen) : 0;
  return wanted > 0 ? wanted : std::max(1u, std::thread::hardware_concurrency());
}

/** The calling thread and helpers, which sleep between loops. */
class Team {
 public:
  Team() {
    for (int i = 1; i < thread_count(); i++) {
      pthread_t thread;
      if (pthread_create(&thread, nullptr, &Team::help, this) != 0) break;
      pthread_detach(thread);
      helpers_++;
    }
  }

  void run(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
    if (helpers_ == 0 || count <= grain || pthread_mutex_trylock(&one_at_a_time_) != 0) return body(0, count);
    pthread_mutex_lock(&mutex_);
    body_ = &body;
    count_ = count;
    grain_ = grain;
    next_.store(0);
    loop_.fetch_add(1);
    open_ = true;
    pthread_cond_broadcast(&begun_);
    pthread_mutex_unlock(&mutex_);
    share();
    // Who has not begun by now is not waited for: waking up takes longer than many a loop.
    pthread_mutex_lock(&mutex_);
    open_ = false;
    while (working_ > 0) pthread_cond_wait(&ended_, &mutex_);
    pthread_mutex_unlock(&mutex_);
    pthread_mutex_unlock(&one_at_a_time_);
  }

  void stay_awake(bool awake) { awake_.fetch_add(awake ? 1 : -1); }

 private:
  static void* help(void* team) {
    static_cast<Team*>(team)->help();
    return nullptr;
  }

  void help() {
    uint64_t seen = 0;
    pthread_mutex_lock(&mutex_);
    for (;;) {
      while (!open_ || loop_.load() == seen) {
        seen = loop_.load();
        if (awake_.load() > 0) {
          pthread_mutex_unlock(&mutex_);
          while (awake_.load() > 0 && loop_.load() == seen) sched_yield();
          pthread_mutex_lock(&mutex_);
        } else {
          pthread_cond_wait(&begun_, &mutex_);
        }
      }
      seen = loop_.load();
      working_++;
      pthread_mutex_unlock(&mutex_);
      share();
      pthread_mutex_lock(&mutex_);
      if (--working_ == 0) pthread_cond_signal(&ended_);
    }
  }

  void share() {
    for (;;) {
      const int64_t begin = next_.fetch_add(grain_);
      if (begin >= count_) return;
      (*body_)(begin, std::min(begin + grain_, count_));
    }
  }

  pthread_mutex_t one_at_a_time_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t begun_ = PTHREAD_COND_INITIALIZER;
  pthread_cond_t ended_ = PTHREAD_COND_INITIALIZER;
  int helpers_ = 0;
  /** Which loop runs, whether helpers may still begin with it, and how many have and are not done. */
  std::atomic<uint64_t> loop_{0};
  bool open_ = false;
  int working_ = 0;
  /** How many operations expect their next loop soon. */
  std::atomic<int> awake_{0};
  const std::function<void(int64_t, int64_t)>* body_ = nullptr;
  int64_t count_ = 0;
  int64_t grain_ = 1;
  std::atomic<int64_t> next_{0};
};

Team& team() {
  // Never destroyed: its threads live as long as the process.
  static Team& only = *new Team;
  return only;
}

}  // namespace

void parallel(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
  team().run(count, grain, body);
}

ManyLoops::ManyLoops() { team().stay_awake(true); }
ManyLoops::~ManyLoops() { team().stay_awake(false); }

}  // namespace ais
