module example.org/app

go 1.21

toolchain go1.21.6

require github.com/gin-gonic/gin v1.9.0

require (
	github.com/golang/protobuf v1.5.0 // indirect
	golang.org/x/net v0.7.0
	example.org/local v0.0.0-00010101000000-000000000000
	gopkg.in/yaml.v2 v2.2.1
)

exclude golang.org/x/net v0.6.0

replace (
	example.org/local => ../local
	github.com/golang/protobuf v1.5.0 => github.com/fork/protobuf v1.5.1
)

replace gopkg.in/yaml.v2 => gopkg.in/yaml.v2 v2.4.0
