using CleanGateway.IntegrationTests.Clients;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// A folder that looks like a checkout in which everything is built, and has nothing in it that a gateway has left:
/// what README tells newcomers to type works in it as in theirs.
/// </summary>
internal static class CheckoutView
{
    private static readonly string[] Others = ["data", ".git", ".env", "config.yaml", "evidence"];

    /// <summary>Whether the release has been built, as <c>build/test.sh</c> does before the tests.</summary>
    public static bool IsBuilt => File.Exists(Path.Combine(Repository.Root, "artifacts", "run", "cleangateway"));

    public static void MakeAt(string folder)
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries(Repository.Root).Where(entry => !Others.Contains(Path.GetFileName(entry))))
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(entry)), entry);
    }
}
