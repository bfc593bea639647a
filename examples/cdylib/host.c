/* A program that knows the library by its file name only, and uses it in threads
   that it has started before and after loading it. */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, ROUNDS = 10000 };

static sem_t loaded;
static void *tally;
static size_t (*tally_add)(void *, const char *);

static void *count(void *early) {
  if (early) sem_wait(&loaded);
  for (int round = 0; round < ROUNDS; round++) {
    char word[16];
    snprintf(word, sizeof word, "word%d", round % 3);
    tally_add(tally, word);
  }
  return NULL;
}

static void *find(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (!found) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  return found;
}

int main(int argc, char **argv) {
  pthread_t threads[THREADS];
  sem_init(&loaded, 0, 0);
  for (int i = 0; i < THREADS / 2; i++) pthread_create(&threads[i], NULL, count, &loaded);

  void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
  if (!library) {
    fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: host LIBRARY");
    return 1;
  }
  void *(*tally_new)(void) = (void *(*)(void))find(library, "tally_new");
  tally_add = (size_t (*)(void *, const char *))find(library, "tally_add");
  char *(*tally_text)(void *) = (char *(*)(void *))find(library, "tally_text");
  void (*tally_free_text)(char *) = (void (*)(char *))find(library, "tally_free_text");
  void (*tally_free)(void *) = (void (*)(void *))find(library, "tally_free");
  bool (*tally_owns)(void *) = (bool (*)(void *))find(library, "tally_owns");

  tally = tally_new();
  for (int i = 0; i < THREADS / 2; i++) sem_post(&loaded);
  for (int i = THREADS / 2; i < THREADS; i++) pthread_create(&threads[i], NULL, count, NULL);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);

  char *text = tally_text(tally);
  void *mine = malloc(100);
  printf("%s\nthe text is snmalloc's: %d, this program's memory: %d\n", text,
         tally_owns(text), tally_owns(mine));
  free(mine);
  tally_free_text(text);
  tally_free(tally);
  return 0;
}
