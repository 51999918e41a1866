// Package sasl is the server's side of SASL DIGEST-MD5 (RFC 2831), as ZooKeeper's clients speak it: service "zookeeper",
// host and realm "zk-sasl-md5", authentication without a layer over the connection, and without coming back later on the
// same nonce.
//
//	client                      server
//	an empty token       ->
//	                     <-     realm, nonce, what is known        (the challenge)
//	user, proof          ->
//	                     <-     the proof that we know it as well
//
// An [Exchange] is a pure state machine: it touches no socket and no clock. A [Server] is made once, and may be used by
// many goroutines; each connection begins an exchange of its own, which one goroutine uses.
//
// MD5 is what the mechanism is made of, and is no good hash any more: a person who can listen to a login may try
// passwords on it at home. Use it inside TLS, or use client certificates.
package sasl
