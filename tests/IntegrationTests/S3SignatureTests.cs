using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The fake S3's own arithmetic against the examples that AWS has published (Amazon S3 API Reference, sig-v4-header-based-auth).</summary>
public class S3SignatureTests
{
    private const string Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    private const string Date = "20130524T000000Z";
    private const string Nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void Getting_an_object() =>
        Sign(
            "GET", "/test.txt", [],
            new() { ["host"] = "examplebucket.s3.amazonaws.com", ["range"] = "bytes=0-9", ["x-amz-content-sha256"] = Nothing, ["x-amz-date"] = Date })
            .Should().Be("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");

    [Fact]
    public void Putting_an_object() =>
        Sign(
            "PUT", "/test$file.text", [],
            new()
            {
                ["date"] = "Fri, 24 May 2013 00:00:00 GMT",
                ["host"] = "examplebucket.s3.amazonaws.com",
                ["x-amz-content-sha256"] = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
                ["x-amz-date"] = Date,
                ["x-amz-storage-class"] = "REDUCED_REDUNDANCY",
            })
            .Should().Be("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");

    [Fact]
    public void A_query_without_values() =>
        Sign("GET", "/", [("lifecycle", "")], new() { ["host"] = "examplebucket.s3.amazonaws.com", ["x-amz-content-sha256"] = Nothing, ["x-amz-date"] = Date })
            .Should().Be("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");

    [Fact]
    public void A_query_with_values() =>
        Sign(
            "GET", "/", [("prefix", "J"), ("max-keys", "2")],
            new() { ["host"] = "examplebucket.s3.amazonaws.com", ["x-amz-content-sha256"] = Nothing, ["x-amz-date"] = Date })
            .Should().Be("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");

    private static string Sign(string method, string path, (string, string)[] query, Dictionary<string, string> headers) =>
        S3Signature.Of(method, path, query, headers, headers["x-amz-content-sha256"], Date, "us-east-1", Secret);
}
