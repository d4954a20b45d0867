#!/bin/sh
# train.sh START FOLDER: leaves in FOLDER all that a container needs to run a function, with an AOT cache made by
# one real request against the emulators. START is one that `cold-start --starts` knows, for example status.
# Needs Maven, the JDK of the container as JAVA_HOME (25 or newer), and Google's emulators of Pub/Sub and
# Firestore. The cache is good for this very JDK and these very jars; with others it is left aside.
set -eu
start=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
cd "$(dirname "$0")/../.."
export JAVA_HOME_25="$JAVA_HOME"
mvn -q -B -Pbenchmarks -pl benchmarks -am package -DskipTests -Dbenchmark="aot-cache --start $start --folder $folder"
# Says so here when the cache cannot be used, and not by slow starts.
AOT="-XX:AOTMode=on -XX:AOTCache=function.aot" "$folder/start.sh" --help >/dev/null
ls -l "$folder"
