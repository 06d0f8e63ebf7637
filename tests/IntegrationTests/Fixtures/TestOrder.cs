using System.Security.Cryptography;
using System.Text;
using CleanGateway.IntegrationTests.Fixtures;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(TestOrder))]
[assembly: TestCaseOrderer(typeof(TestOrder))]

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// Tests run by name, so that they run in the same order everywhere: without this their order hangs on the checkout's
/// path. <c>TESTS_SEED=1234</c> in the environment shuffles them, to find those that need others before them.
/// </summary>
internal sealed class TestOrder : ITestCollectionOrderer, ITestCaseOrderer
{
    private static readonly string? Seed = Environment.GetEnvironmentVariable("TESTS_SEED");

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => Place(collection.TestCollectionDisplayName.Split(" (id:")[0]), StringComparer.Ordinal)];

    public IReadOnlyCollection<TTestCase> OrderTestCases<TTestCase>(IReadOnlyCollection<TTestCase> testCases)
        where TTestCase : notnull, ITestCase =>
        [.. testCases.OrderBy(test => Place(test.TestCaseDisplayName), StringComparer.Ordinal)];

    private static string Place(string name) =>
        string.IsNullOrEmpty(Seed) ? name : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{Seed} {name}")));
}
