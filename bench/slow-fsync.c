/*
 * Makes every fsync and fdatasync of a process take SLOW_FSYNC_MS milliseconds more (100 by default), as an SD card does.
 *   cc -shared -fPIC -O2 -o slow-fsync.so slow-fsync.c -ldl
 *   LD_PRELOAD=./slow-fsync.so SLOW_FSYNC_MS=100 program
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

typedef int (*sync_function)(int);

static void delay(void) {
  const char *text = getenv("SLOW_FSYNC_MS");
  long milliseconds = text == NULL ? 100 : atol(text);
  struct timespec rest = {milliseconds / 1000, (milliseconds % 1000) * 1000000L};
  /* A signal ends a sleep early; go on with what is left of it. */
  while (nanosleep(&rest, &rest) != 0) {
  }
}

int fsync(int file) {
  static sync_function real = NULL;
  if (real == NULL) real = (sync_function)dlsym(RTLD_NEXT, "fsync");
  delay();
  return real(file);
}

int fdatasync(int file) {
  static sync_function real = NULL;
  if (real == NULL) real = (sync_function)dlsym(RTLD_NEXT, "fdatasync");
  delay();
  return real(file);
}
