using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure.Internal;
using Npgsql.EntityFrameworkCore.PostgreSQL.Migrations;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>Makes tables partitioned that the model marks so, each with a default partition: no row is ever refused for its date.</summary>
#pragma warning disable EF1001 // The generator's base class asks for this options type, which Npgsql marks as internal.
internal sealed class PartitioningSqlGenerator(MigrationsSqlGeneratorDependencies dependencies, INpgsqlSingletonOptions npgsqlOptions)
    : NpgsqlMigrationsSqlGenerator(dependencies, npgsqlOptions)
#pragma warning restore EF1001
{
    protected override void Generate(CreateTableOperation operation, IModel? model, MigrationCommandListBuilder builder, bool terminate = true)
    {
        var partitionedBy = model?.GetEntityTypes().SingleOrDefault(entity => entity.GetTableName() == operation.Name)
            ?.FindAnnotation(ModelConventions.PartitionByRange)?.Value as string;
        if (partitionedBy is null)
        {
            base.Generate(operation, model, builder, terminate);
            return;
        }

        base.Generate(operation, model, builder, terminate: false);
        var names = Dependencies.SqlGenerationHelper;
        builder.Append($" PARTITION BY RANGE ({names.DelimitIdentifier(partitionedBy)})").AppendLine(names.StatementTerminator);
        EndStatement(builder);

        builder.Append($"CREATE TABLE {names.DelimitIdentifier(operation.Name + "_default")} PARTITION OF {names.DelimitIdentifier(operation.Name)} DEFAULT")
            .AppendLine(names.StatementTerminator);
        EndStatement(builder);
    }
}
