#!/bin/sh
# A certificate authority of one's own, and a certificate that scheduler, workers and client share: $1 is the folder.
set -eu
folder=${1:?give a folder}
umask 077
mkdir -p "$folder"
cd "$folder"
openssl req -x509 -newkey rsa:3072 -nodes -days 30 -subj "/CN=paysim sweep" -keyout ca-key.pem -out ca.pem
openssl req -newkey rsa:3072 -nodes -subj "/CN=paysim worker" -keyout key.pem -out request.pem
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 30 -out cert.pem
rm -f request.pem
