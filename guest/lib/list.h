#pragma once

#include "guest/include/types.h"

// A ring of links embedded in the things that it connects; the head is a link of its own.
struct list_head {
  list_head* next;
  list_head* prev;
};

inline void list_init(list_head* head) { head->next = head->prev = head; }
inline bool list_empty(const list_head* head) { return head->next == head; }

inline void list_insert_between(list_head* entry, list_head* prev, list_head* next) {
  entry->prev = prev;
  entry->next = next;
  prev->next = entry;
  next->prev = entry;
}

inline void list_add(list_head* entry, list_head* head) {
  list_insert_between(entry, head, head->next);
}

inline void list_add_tail(list_head* entry, list_head* head) {
  list_insert_between(entry, head->prev, head);
}

inline void list_del(list_head* entry) {
  entry->prev->next = entry->next;
  entry->next->prev = entry->prev;
  entry->next = entry->prev = nullptr;
}

#define container_of(pointer, type, member) \
  reinterpret_cast<type*>(reinterpret_cast<char*>(pointer) - __builtin_offsetof(type, member))
