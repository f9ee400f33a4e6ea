#!/usr/bin/env bash
# Builds packages of this project in clones. Sourced by package tests, outside their container.

# clone_for_package FOLDER [COMMIT]: clones the project, with less optimization so that packages build faster.
clone_for_package() {
	git clone -q . "$1"
	[ -z "${2-}" ] || git -C "$1" checkout -q "$2"
	sed -i 's/-O3/-O1/' "$1/Makefile" "$1/scripts/package/debian/rules" "$1/scripts/package/dnstap-bgp.spec"
}

# without_lto FOLDER: turns off link-time optimization in the clone.
without_lto() { sed -i 's/^LTO = .*/LTO =/' "$1/Makefile"; }

# build_package FOLDER KIND: builds the clone's package (deb or rpm) with the clone's own options. The output is in
# FOLDER.log.
build_package() { env -u MAKEFLAGS -u MFLAGS make -s -C "$1" "$2" >>"$1.log" 2>&1; }
