// Package pluginpb holds the wire format of the plugin border, generated from frontend.proto, which is the place to
// read. Authors in other languages generate theirs from the same file; Go authors use package plugin and never see it.
package pluginpb

//go:generate protoc --go_out=. --go_opt=paths=source_relative --go-grpc_out=. --go-grpc_opt=paths=source_relative frontend.proto
//go:generate protoc --descriptor_set_out=../python/frontend.binpb frontend.proto
