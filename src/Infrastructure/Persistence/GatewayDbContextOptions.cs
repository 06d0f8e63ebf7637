using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Migrations;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>How the context is set up, wherever it is made.</summary>
internal static class GatewayDbContextOptions
{
    public static DbContextOptions<GatewayDbContext> For(string connectionString) =>
        new DbContextOptionsBuilder<GatewayDbContext>().UseNpgsql(connectionString).UseOurServices().Options;

    public static DbContextOptions<GatewayDbContext> For(DbConnection connection) =>
        new DbContextOptionsBuilder<GatewayDbContext>().UseNpgsql(connection).UseOurServices().Options;

    public static TBuilder UseOurServices<TBuilder>(this TBuilder options) where TBuilder : DbContextOptionsBuilder
    {
        options.ReplaceService<IMigrationsSqlGenerator, PartitioningSqlGenerator>();

        // A table that has one row only may well have a constant for a key.
        options.ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.ModelValidationKeyDefaultValueWarning));
        return options;
    }
}
