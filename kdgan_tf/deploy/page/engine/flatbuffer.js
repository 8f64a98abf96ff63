// A .tflite file is a FlatBuffer: tables that point to tables. This reads the
// fields that we need, by their numbers in TensorFlow Lite's schema.fbs.
"use strict";

class Table {
  constructor(view, position) {
    this.view = view;
    this.position = position;
    this.fields = position - view.getInt32(position, true);
  }

  // Where a field lies, or 0 where it has its default.
  at(field) {
    const slot = 4 + 2 * field;
    if (slot >= this.view.getUint16(this.fields, true)) return 0;
    const offset = this.view.getUint16(this.fields + slot, true);
    return offset && this.position + offset;
  }

  int(field, otherwise = 0) {
    const at = this.at(field);
    return at ? this.view.getInt32(at, true) : otherwise;
  }

  byte(field, otherwise = 0) {
    const at = this.at(field);
    return at ? this.view.getInt8(at) : otherwise;
  }

  float(field, otherwise = 0) {
    const at = this.at(field);
    return at ? this.view.getFloat32(at, true) : otherwise;
  }

  table(field) {
    const at = this.at(field);
    return at ? new Table(this.view, at + this.view.getUint32(at, true)) : null;
  }

  string(field) {
    return String.fromCharCode(...this.bytes(field));
  }

  tables(field) {
    return this.vector(field, 4, (at) => {
      return new Table(this.view, at + this.view.getUint32(at, true));
    });
  }

  ints(field) {
    return this.vector(field, 4, (at) => this.view.getInt32(at, true));
  }

  floats(field) {
    return this.vector(field, 4, (at) => this.view.getFloat32(at, true));
  }

  longs(field) {
    return this.vector(field, 8, (at) => {
      return Number(this.view.getBigInt64(at, true));
    });
  }

  // A vector of bytes, without a copy.
  bytes(field) {
    const at = this.at(field);
    if (!at) return new Uint8Array(0);
    const start = at + this.view.getUint32(at, true);
    const length = this.view.getUint32(start, true);
    const { buffer, byteOffset } = this.view;
    return new Uint8Array(buffer, byteOffset + start + 4, length);
  }

  vector(field, size, read) {
    const at = this.at(field);
    if (!at) return [];
    const start = at + this.view.getUint32(at, true);
    const length = this.view.getUint32(start, true);
    return Array.from({ length }, (_, i) => read(start + 4 + size * i));
  }
}
