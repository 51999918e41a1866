// Package lint holds the rules of the house as tests: which room may import which, and what every file must be like.
// There is nothing here to call.
package lint
