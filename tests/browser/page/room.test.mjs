// Which links cannot be an invitation to other devices.

import assert from "node:assert/strict";
import { test } from "node:test";

import { onlyHere } from "../../../src/dragoman/browser/page/screens/room.js";

test("addresses that mean the device that they are opened on", () => {
  for (const host of ["localhost", "localhost:8080", "127.0.0.1:8080", "127.1.2.3", "[::1]:8080", "app.localhost", "localhost."]) {
    assert.ok(onlyHere(`http://${host}/r/r1#k1`), host);
  }
});

test("and those that do not", () => {
  for (const host of ["192.168.1.20:8443", "dragoman.test", "localhost.example", "127.example", "[fe80::1]", "1270.example"]) {
    assert.ok(!onlyHere(`https://${host}/r/r1#k1`), host);
  }
});
