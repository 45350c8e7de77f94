// What this browser remembers: wishes for good, the seat while its tab lives. Nothing where storage is closed to us.

function reach(storage, work) {
  try {
    return work(globalThis[storage]);
  } catch {
    return null; // private windows and strict settings: the page works without
  }
}

/** A wish of this device's: read it, or with a third argument, keep it. */
export function remembered(name, otherwise, value = undefined) {
  if (value !== undefined) {
    reach("localStorage", (storage) => storage.setItem(`dragoman.${name}`, JSON.stringify(value)));
    return value;
  }
  const kept = reach("localStorage", (storage) => JSON.parse(storage.getItem(`dragoman.${name}`)));
  return kept ?? otherwise;
}

/** The seat of this tab, so that a reload finds it again: read it, keep one, or forget it with null. */
export function seatKept(wanted = undefined) {
  if (wanted === undefined) return reach("sessionStorage", (storage) => JSON.parse(storage.getItem("dragoman.seat")));
  if (wanted === null) reach("sessionStorage", (storage) => storage.removeItem("dragoman.seat"));
  else reach("sessionStorage", (storage) => storage.setItem("dragoman.seat", JSON.stringify(wanted)));
  return wanted;
}
