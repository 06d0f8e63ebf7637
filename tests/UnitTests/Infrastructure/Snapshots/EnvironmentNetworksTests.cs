using System.Net;
using CleanGateway.Infrastructure.Security;
using CleanGateway.Infrastructure.Snapshots;

namespace CleanGateway.UnitTests.Infrastructure.Snapshots;

public class EnvironmentNetworksTests
{
    [Theory]
    [InlineData("http://ollama.internal:11434/v1", "8.8.8.8")]
    [InlineData("http://ollama.internal:11434/v1", "10.1.2.3")]
    [InlineData("http://ollama.internal:11434/v1", "172.17.0.2")]
    [InlineData("http://ollama.internal:11434/v1", "192.168.1.7")]
    [InlineData("http://localhost:11434/v1", "127.0.0.1")]
    [InlineData("http://localhost:11434/v1", "::1")]
    [InlineData("http://ollama.internal:11434/v1", "fd12::7")]
    [InlineData("http://ollama.internal:11434/v1", "2606:4700::1")]
    public void A_name_in_the_environment_may_lead_to_private_networks_and_plain_http(string baseUrl, string address) =>
        Allows(baseUrl, address).Should().BeTrue();

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("168.63.129.16")]
    [InlineData("100.100.100.200")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::a9fe:a9fe")]
    [InlineData("::ffff:169.254.169.254")]
    public void A_name_does_not_lead_to_where_clouds_answer_metadata_requests(string address) =>
        Allows("http://ollama.internal:11434/v1", address).Should().BeFalse();

    [Theory]
    [InlineData("http://10.1.2.3:8000/v1", "10.1.2.3", true)]
    [InlineData("http://10.1.2.3:8000/v1", "10.1.2.4", false)]
    [InlineData("http://[fd12::7]:8000/v1", "fd12::7", true)]
    [InlineData("http://[fd12::7]:8000/v1", "fd12::8", false)]
    [InlineData("http://10.1.2.3:8000/v1", "127.0.0.1", false)]
    [InlineData("http://169.254.169.254/v1", "169.254.169.254", false)]
    public void An_address_in_the_environment_opens_itself_and_no_other(string baseUrl, string address, bool open) =>
        Allows(baseUrl, address).Should().Be(open);

    private static bool Allows(string baseUrl, string address) =>
        DestinationGuard.Allows(IPAddress.Parse(address), encrypted: false, [.. EnvironmentNetworks.For(new Uri(baseUrl))]);
}
