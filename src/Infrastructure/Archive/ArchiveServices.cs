using CleanGateway.Infrastructure.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.Infrastructure.Archive;

internal static class ArchiveServices
{
    /// <summary>Before the journal: what starts first is there when the journal recovers, and stops when it has brought its last.</summary>
    public static IServiceCollection AddArchive(this IServiceCollection services, ArchiveSettings? archive) => archive switch
    {
        null => services.AddSingleton<IExchangeArchive, NoArchive>(),
        ArchiveSettings.Folder folder => services.AddArchiveIn(_ => new FolderArchiveStore(folder.Path)),
        ArchiveSettings.S3 s3 => services.AddArchiveIn(provider => new S3ArchiveStore(s3, provider.GetRequiredService<TimeProvider>())),
        _ => throw new ArgumentOutOfRangeException(nameof(archive), archive, "There is no such archive."),
    };

    private static IServiceCollection AddArchiveIn(this IServiceCollection services, Func<IServiceProvider, IArchiveStore> store) => services
        .AddSingleton(store)
        .AddSingleton<ExchangeArchive>()
        .AddSingleton<IExchangeArchive>(provider => provider.GetRequiredService<ExchangeArchive>())
        .AddHostedService(provider => provider.GetRequiredService<ExchangeArchive>());
}
