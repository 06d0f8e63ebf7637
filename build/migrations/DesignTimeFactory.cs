using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore.Design;

namespace CleanGateway.DesignTime;

/// <summary>Gives <c>dotnet ef</c> the model. It looks at no database, so the address is one where none is.</summary>
internal sealed class DesignTimeFactory : IDesignTimeDbContextFactory<GatewayDbContext>
{
    public GatewayDbContext CreateDbContext(string[] args) =>
        new(GatewayDbContextOptions.For("Host=127.0.0.1;Port=1;Database=none;Username=none"));
}

internal static class Program
{
    private static void Main() => Console.Error.WriteLine("Nothing to run: `dotnet ef` loads this.");
}
