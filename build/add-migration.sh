#!/usr/bin/env bash
# Makes a migration of what has changed in the model since the last one: build/add-migration.sh NAME
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:?usage: build/add-migration.sh NAME}

dotnet tool restore
dotnet restore build/migrations
dotnet ef migrations add "$name" \
  --project src/Infrastructure --startup-project build/migrations \
  --output-dir Persistence/Migrations --namespace CleanGateway.Infrastructure.Persistence.Migrations

# The tool writes a byte order mark; nothing else here has one.
sed -i '1s/^\xEF\xBB\xBF//' src/Infrastructure/Persistence/Migrations/*.cs
