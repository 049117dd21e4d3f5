// The compiled rules in one WebAssembly memory: puts the arrays in, runs a run, hands out views.
// Used by the workers alone.

const STACK = 1 << 20; // bytes of stack, below everything else
const CHANGED = { countries: "country_rows", china: "china_row", west: "west_row", public: "public_row" };
const ALIGNED = 16,
  PAGE = 65536,
  NUMBER = 8;

export class Engine {
  constructor(module, facts, arrays) {
    this.facts = facts;
    this.places = Object.entries(facts.places);
    this.memory = new WebAssembly.Memory({ initial: STACK / PAGE });
    const env = {
      __linear_memory: this.memory,
      __stack_pointer: new WebAssembly.Global({ value: "i32", mutable: true }, STACK),
      fmod: (value, divisor) => value % divisor, // asked for by % and // of a user's own rules
      __indirect_function_table: new WebAssembly.Table({ initial: 64, element: "anyfunc" }),
    };
    this.exports = new WebAssembly.Instance(module, { env }).exports;
    this.top = STACK;
    this.at = {};
    let from = 0;
    for (const [name, size] of Object.entries(facts.bytes)) {
      this.at[name] = this.room(size);
      this.bytes(this.at[name], size).set(arrays.subarray(from, from + size));
      from += size;
    }
    // A run changes these; it begins from what they are now.
    for (const [name, rows] of Object.entries(CHANGED)) {
      const size = facts.bytes[name],
        start = this.at[name];
      this.at[name] = this.at[rows] = this.room(size);
      this.at[`start_${name}`] = start;
      this.bytes(this.at[name], size).set(this.bytes(start, size));
    }
    Object.assign(this.at, { start_rows: this.at.start_countries, whole_rows: this.at.countries });
    // Room for what a run is asked, and for what it leaves.
    const { quarters, cells } = facts.lengths,
      numbers = { run_numbers: 1, set_of: 1, period_of: quarters, cell_sums: cells * facts.fields.length };
    for (const [name, size] of Object.entries({ ...numbers, ...facts.outputs })) this.at[name] = this.room(NUMBER * size);
    this.reserved = 0; // records of parameters that there is room for
    this.scratch = this.room(64);
  }

  room(size) {
    const at = (this.top + ALIGNED - 1) & -ALIGNED;
    this.top = at + size;
    const lack = this.top - this.memory.buffer.byteLength;
    if (lack > 0) this.memory.grow(Math.ceil(lack / PAGE));
    return at;
  }

  bytes(at, size) {
    return new Uint8Array(this.memory.buffer, at, size);
  }

  // Parameters of each period and class: `parts` is a list of { first, classes: [path → number] };
  // `classOf` has the class of each state that is not in class 0, by code.
  parameters(parts, classOf) {
    const { parameter_bytes: size } = this.facts,
      { first_quarter, quarters } = this.facts.lengths;
    const records = parts.flatMap(part => part.classes);
    if (records.length > this.reserved) {
      this.reserved = records.length;
      this.at.parameters = this.room(size * this.reserved);
    }
    const view = new DataView(this.memory.buffer);
    records.forEach((values, k) => {
      for (const [path, [offset, kind]] of this.places) {
        const at = this.at.parameters + k * size + offset,
          value = values[path];
        if (kind === "f") view.setFloat64(at, value, true);
        else if (kind === "i") view.setBigInt64(at, BigInt(value), true);
        else view.setUint8(at, value ? 1 : 0);
      }
    });
    const { codes, country_bytes: row, class_at: place } = this.facts;
    codes.forEach((code, i) => {
      const at = this.at.start_countries + i * row + place;
      view.setBigInt64(at, BigInt(classOf[code] ?? 0), true);
    });
    const periods = Array.from({ length: quarters }, (_, t) => parts.findLastIndex(part => part.first <= first_quarter + t));
    new BigInt64Array(this.memory.buffer, this.at.period_of, periods.length).set(periods.map(BigInt));
    this.exports.derive(this.scratch, this.scratch + ALIGNED, this.at.parameters, BigInt(records.length));
    this.sizes = { ...this.facts.lengths, periods: parts.length, classes: parts[0].classes.length };
  }

  // Does one run and returns views of what it left; they last until the next call.
  run(run_number) {
    const { facts } = this,
      { buffer } = this.memory;
    new BigInt64Array(buffer, this.at.run_numbers, 1)[0] = BigInt(run_number);
    const status = this.exports.entry(
      this.scratch,
      this.scratch + ALIGNED,
      ...facts.sizes.map(name => BigInt(this.sizes[name])),
      ...facts.arrays.map(name => this.at[name]),
    );
    if (status) throw new Error(`the engine stopped with status ${status}`);
    const view = ([name, size]) => [name, new Float64Array(buffer, this.at[name], size)];
    return Object.fromEntries(Object.entries(facts.outputs).map(view));
  }
}
