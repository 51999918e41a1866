// Package fuel rewrites WebAssembly modules so that they pay for what they do.
//
// The engine, wazero, does not count instructions, and a guest that never returns would hold up Go's
// garbage collector and with it the whole process. So every module is rewritten before it is compiled:
//
//   - Each basic block first pays for its instructions, from a local variable. The local is written to a global
//     before a call and read again after it. At function entries and loop headers, and wherever a host function or
//     a bulk operation is about to cost much, it is checked. Between two checks a guest can only run straight ahead
//     through code it had to upload.
//   - Fuel is dealt in slices of [Slice]. When one is used up, a helper appended to the module takes the next from
//     the reserve and executes "memory.grow 0", for which the engine leaves native code: there Go's scheduler and
//     collector get their turn. When the reserve is used up too, the helper marks it and traps.
//   - memory.fill, memory.copy, memory.init, memory.grow and their table siblings pay by length before they run.
//
// The count is exact, part of the program, and hence the same in every engine.
//
// Sound means: what Rewrite returns, if an engine accepts it, runs within its fuel, whatever the original was. Three
// things carry that. The module is decoded and encoded anew, so the engine reads what was judged here and no odd
// encoding can be taken in two ways; what is not known here is refused. Every index is held against the counts of
// the original, so that the appended globals, function, types, locals and labels cannot be named by the guest. And
// imported functions can only be called directly, where their price is known: they may not be taken as values.
// Types are left to the engine, which validates the result.
//
// Rewrite is a pure function and imports nothing but the standard library.
//
// # Prices
//
//	any instruction                         1
//	block, loop, else, end                  0
//	function entry                          1 for each local
//	call of an imported function            1000
//	memory.grow                             64 and 2048 for each page, at most the limit
//	ref.func                                64
//	memory.fill, memory.copy, memory.init   16 and 1 for each 32 bytes
//	table.fill, table.copy, table.init      16 and 1 for each element
//	table.grow                              64 and 1 for each element
package fuel
