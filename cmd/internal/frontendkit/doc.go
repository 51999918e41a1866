// Package frontendkit begins new frontends: it writes the files of a small one that builds, passes its tests and runs, for
// its author to change. The files are templates in the folders go and python, with NAME in the place of the name.
package frontendkit
