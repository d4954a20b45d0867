#!/bin/sh
# Runs the function of this folder on the invoker, from the AOT cache beside it. Everything is on the virtual
# machine's own class path, not behind --classpath: an AOT cache holds nothing of other class loaders. The
# function's jar comes first, so that it finds its own libraries before those within the invoker's.
set -eu
cd "${0%/*}"
# shellcheck disable=SC2086 # AOT may be several options.
exec "${JAVA_HOME:-/opt/java/openjdk}/bin/java" ${AOT:--XX:AOTCache=function.aot} \
  -cp function.jar:invoker.jar com.google.cloud.functions.invoker.runner.Invoker "$@"
